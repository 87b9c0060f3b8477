/* push_key.c - GET /notifications/push-key: what a browser needs to subscribe to web push. */
#include "ingress/http/action.h"
#include "queues/vapid.h"

void push_key_show(struct call *call)
{
	struct buffer out;

	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member(&out, "publicKey", vapid_public_key(call->arena));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_push_key_show, buffer_view(&out));
}
