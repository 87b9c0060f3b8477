/* probes.c - what the process says about itself: /health, /ready and /live (base/probe.h). */
#include "base/probe.h"
#include "ingress/http/action.h"
#include "ingress/http/respond.h"

void service_health(struct call *call)
{
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	probe_render_health(&out, call_port(call));
	respond_plain(call, probe_ready() ? 200 : 503, "application/json; charset=utf-8", buffer_view(&out));
}

void service_ready(struct call *call)
{
	service_health(call);
}

void service_live(struct call *call)
{
	respond_plain(call, 200, "application/json; charset=utf-8",
	        TEXT("{\"success\":true,\"status\":\"alive\",\"message\":\"OK\"}"));
}
