// SPDX-License-Identifier: GPL-2.0-only
/*
 * Order among events: they come from one ring per CPU, so neighbours may swap. This holds back
 * those that came too early and finds the numbers that never come.
 */
#include <string.h>

#include "model/order.h"

/* Drops the first @n events. */
static void drop(struct event_list *list, size_t n)
{
	list->n_event -= n;
	memmove(list->event, list->event + n, list->n_event * sizeof(*list->event));
}

void order_put(struct order *order, struct event_list *arrived)
{
	struct event_list *list = &order->waiting;
	size_t past = 0;

	/* An event for which memory is short shows as a gap later on. */
	event_list_move(list, arrived);
	event_list_tidy(list);
	/* What was handed out or given up before. */
	while (past < list->n_event && list->event[past].seq < order->next)
		past++;
	if (past)
		drop(list, past);
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
	drop(list, 1);
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
