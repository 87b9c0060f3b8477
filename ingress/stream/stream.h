/* stream.h - clients that stay: GET /events/stream, GET /notifications/stream and GET /ws. See feed.h. */
#ifndef INGRESS_STREAM_STREAM_H
#define INGRESS_STREAM_STREAM_H

struct loop;

/* Every turn of a loop: what is new is sent, who has gone or may stay no longer goes. All go when the process stops. */
void stream_turn(struct loop *loop);

#endif
