/* info.c - GET /info: what this can do, and the limits of what is sent to it; GET /ping: that somebody answers. */
#include "base/process.h"
#include "ingress/file/spool.h"
#include "ingress/file/types.h"
#include "ingress/http/action.h"
#include "queues/catalogue.h"

static const char *const features[] = { "tickets", "comments", "files", "avatars", "sla", "notifications", "webhooks",
	"web-push", "inbound-mail", "audit", "change-feed", "live-stream", "idempotency-keys", "bulk" };

static void write_limits(struct buffer *out)
{
	buffer_json_name(out, "limits");
	buffer_string(out, "{");
	buffer_json_member_int(out, "maxFileSize", spool_file_most());
	buffer_json_member_int(out, "maxAvatarSize", spool_avatar_most());
	buffer_json_member_int(out, "maxUploadSize", spool_body_most());
	buffer_json_name(out, "allowedMimeTypes");
	types_write_allowed(out);
	buffer_json_member_int(out, "maxTitleLength", kind_of_title.most);
	buffer_json_member_int(out, "maxTextLength", kind_of_long_text.most);
	buffer_json_member_int(out, "maxFilesPerComment", kind_of_file_ids.most);
	buffer_json_member_int(out, "maxPageSize", kind_of_page_size.most);
	buffer_string(out, "}");
}

void service_info(struct call *call)
{
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	buffer_json_member(&out, "service", TEXT("guichet"));
	buffer_json_member(&out, "version", text_of(process_version()));
	write_limits(&out);
	buffer_json_name(&out, "features");
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		buffer_string(&out, i ? "," : "[");
		buffer_json_text(&out, text_of(features[i]));
	}
	buffer_string(&out, "]}");
	action_succeed(call, ACTION_service_info, buffer_view(&out));
}

void service_ping(struct call *call)
{
	action_succeed(call, ACTION_service_ping, TEXT("{}"));
}
