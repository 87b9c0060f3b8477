/* page.c - see page.h. */
#include "ingress/http/page.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ingress/http/headers.h"

static const char style[] =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 "
        "1em;color:#222;background:#fff}"
        "h2{margin-top:2em;border-bottom:1px solid #ccc}code,pre{font:14px/1.4 ui-monospace,monospace}"
        "pre{background:#f5f5f5;padding:.7em;overflow:auto}summary{cursor:pointer;padding:.3em 0}"
        "details{border-bottom:1px solid #eee}details>*:not(summary){margin-left:1.2em}"
        "table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.15em .8em .15em 0}"
        ".verb{display:inline-block;min-width:4.5em;font-weight:bold}.old{text-decoration:line-through}"
        "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#252525}a{color:#8bf}"
        "h2,details{border-color:#444}}";

static char policy[256];

bool page_is_wanted(const struct call *call)
{
	struct text rest = call_headers(call, "accept"), item;

	while (headers_next(&rest, ',', &item))
		if (item.len >= 9 && text_equal_nocase((struct text){ item.data, 9 }, TEXT("text/html")))
			return true;
	return false;
}

void page_text(struct buffer *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.data[i]) {
		case '&':
			buffer_string(out, "&amp;");
			break;
		case '<':
			buffer_string(out, "&lt;");
			break;
		case '>':
			buffer_string(out, "&gt;");
			break;
		case '"':
			buffer_string(out, "&quot;");
			break;
		case '\'':
			buffer_string(out, "&#39;");
			break;
		default:
			buffer_append(out, &text.data[i], 1);
		}
	}
}

void page_begin(struct buffer *out, const char *title, enum language language)
{
	buffer_printf(
	        out, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">", language_words[language]);
	buffer_string(out, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
	page_text(out, text_of(title));
	buffer_string(out, "</title><style>");
	buffer_string(out, style);
	buffer_string(out, "</style></head><body>\n<h1>");
	page_text(out, text_of(title));
	buffer_string(out, "</h1>\n");
}

void page_end(struct buffer *out)
{
	buffer_string(out, "</body></html>\n");
}

static void write_policy(void)
{
	uint8_t hash[32];
	char base64[64];

	if (!EVP_Digest(style, sizeof style - 1, hash, NULL, EVP_sha256(), NULL))
		abort();
	EVP_EncodeBlock((unsigned char *)base64, hash, sizeof hash);
	snprintf(policy, sizeof policy,
	        "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'self'; frame-ancestors "
	        "'none'",
	        base64);
}

const char *page_policy(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, write_policy);
	return policy;
}
