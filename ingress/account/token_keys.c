/* token_keys.c - GET /.well-known/jwks.json: the public halves of the keys that sign access tokens (RFC 7517). */
#include "ingress/http/action.h"
#include "ingress/http/respond.h"
#include "queues/access_key.h"

void token_keys_show(struct call *call)
{
	respond_plain(call, 200, "application/json; charset=utf-8", access_keys_published(call->arena));
}
