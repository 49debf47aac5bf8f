/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order among events: they come from one ring per CPU, so neighbours may swap. This holds back
 * those that came too early and finds the numbers that never come.
 */
#ifndef SBCTL_ORDER_H
#define SBCTL_ORDER_H

#include "model/model.h"

/**
 * struct order - events on their way to the reader
 * @next: sequence number of the next event to hand out; earlier ones are dropped as repetitions
 * @waiting: events that came in, rising by number, without repetitions
 */
struct order {
	uint64_t next;
	struct event_list waiting;
};

enum order_step {
	ORDER_NOTHING,
	ORDER_EVENT,
	ORDER_LOST,
};

/* Takes the events of @arrived in; @arrived is empty afterwards. */
void order_put(struct order *order, struct event_list *arrived);

/**
 * order_take() - next thing to tell the reader
 * @settle: what has not come by now is lost
 * @event: receives the event (ORDER_EVENT)
 * @last: receives the last lost number (ORDER_LOST), the first being the former @order->next
 */
enum order_step order_take(struct order *order, bool settle, struct event *event, uint64_t *last);

/* Events are held back because an earlier one is missing. */
bool order_has_gap(const struct order *order);

void order_free(struct order *order);

#endif
