// SPDX-License-Identifier: GPL-2.0-only
/*
 * Order among events: they come from one ring per CPU, so neighbours may swap. This holds back
 * those that came too early and finds the numbers that never come.
 */
#include <string.h>

#include "order.h"

/* Drops repetitions and what was handed out or given up before. */
static void tidy(struct order *order)
{
	struct event_list *list = &order->waiting;
	size_t kept = 0, i;

	event_list_sort(list);
	for (i = 0; i < list->n_event; i++) {
		if (list->event[i].seq < order->next)
			continue;
		if (kept && list->event[i].seq == list->event[kept - 1].seq)
			continue;
		list->event[kept++] = list->event[i];
	}
	list->n_event = kept;
}

void order_put(struct order *order, struct event_list *arrived)
{
	size_t i;

	/* An event for which memory is short shows as a gap later on. */
	for (i = 0; i < arrived->n_event; i++)
		if (!event_list_add(&order->waiting, &arrived->event[i]))
			break;
	arrived->n_event = 0;
	tidy(order);
}

enum order_step order_take(struct order *order, bool settle, struct event *event, uint64_t *last)
{
	struct event_list *list = &order->waiting;

	if (!list->n_event)
		return ORDER_NOTHING;
	if (list->event[0].seq != order->next) {
		if (!settle)
			return ORDER_NOTHING;
		*last = list->event[0].seq - 1;
		order->next = *last + 1;
		return ORDER_LOST;
	}
	*event = list->event[0];
	order->next++;
	list->n_event--;
	memmove(list->event, list->event + 1, list->n_event * sizeof(*list->event));
	return ORDER_EVENT;
}

bool order_has_gap(const struct order *order)
{
	return order->waiting.n_event && order->waiting.event[0].seq != order->next;
}

void order_free(struct order *order)
{
	event_list_free(&order->waiting);
}
