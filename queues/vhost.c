/* vhost.c - see vhost.h. */
#include "queues/vhost.h"

#include <string.h>
#include "base/text.h"

#define VHOST_DEFAULT "guichet"

static const char *amqp_url;

struct setting vhost_settings[] = {
	{ "AMQP_URL", SETTING_URL, &amqp_url, "", .schemes = "amqp amqps", .secret = true,
	        .help = "the broker as the programs know it; its path is the vhost (" VHOST_DEFAULT " without one)" },
	{ 0 },
};

char *vhost_of_url(struct arena *arena, const char *url)
{
	size_t len = strcspn(url, ",?#");
	const char *host = memmem(url, len, "://", 3), *path;
	struct buffer out;
	char byte;

	path = host ? memchr(host + 3, '/', len - (size_t)(host + 3 - url)) : NULL;
	buffer_init(&out, arena, 64);
	for (const char *at = path ? path + 1 : url + len; at < url + len; at++) {
		if (*at != '%') {
			buffer_append(&out, at, 1);
			continue;
		}
		if (url + len - at < 3 || !text_unhex((struct text){ at + 1, 2 }, &byte, 1) || byte == '\0')
			return NULL;
		buffer_append(&out, &byte, 1);
		at += 2;
	}
	if (!text_is_utf8(buffer_view(&out), NULL))
		return NULL;
	return out.len ? buffer_cstr(&out) : arena_printf(arena, "%s", VHOST_DEFAULT);
}

const char *vhost_amqp_url(void)
{
	return amqp_url;
}

char *vhost_name(struct arena *arena)
{
	return vhost_of_url(arena, amqp_url);
}
