/* proxy.c - see proxy.h. */
#include "ingress/mail/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define LINE_MOST 107 /* of version 1, its CR LF included */
#define HEAD_BYTES 16 /* of version 2 */

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static void set_address(struct sockaddr_storage *out, int family, const void *bytes)
{
	*out = (struct sockaddr_storage){ .ss_family = (sa_family_t)family };
	if (family == AF_INET)
		memcpy(&((struct sockaddr_in *)out)->sin_addr, bytes, 4);
	else
		memcpy(&((struct sockaddr_in6 *)out)->sin6_addr, bytes, 16);
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 56324 25" */
static enum proxy_verdict read_line(const char *line, struct sockaddr_storage *out)
{
	char family[8], source[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	int is_six;

	if (!strncmp(line, "PROXY UNKNOWN", 13))
		return PROXY_DONE;
	if (sscanf(line, "PROXY %7s %45s ", family, source) != 2)
		return PROXY_WRONG;
	is_six = !strcmp(family, "TCP6");
	if ((!is_six && strcmp(family, "TCP4") != 0) || inet_pton(is_six ? AF_INET6 : AF_INET, source, bytes) != 1)
		return PROXY_WRONG;
	set_address(out, is_six ? AF_INET6 : AF_INET, bytes);
	return PROXY_DONE;
}

static enum proxy_verdict read_text(struct text *in, struct sockaddr_storage *out)
{
	size_t most = in->len < LINE_MOST ? in->len : LINE_MOST, len;
	const char *end = memmem(in->data, most, "\r\n", 2);
	char line[LINE_MOST + 1];
	enum proxy_verdict verdict;

	if (!end)
		return in->len < LINE_MOST ? PROXY_MORE : PROXY_WRONG;
	len = (size_t)(end - in->data);
	memcpy(line, in->data, len);
	line[len] = 0;
	verdict = read_line(line, out);
	in->data += len + 2;
	in->len -= len + 2;
	return verdict;
}

static enum proxy_verdict read_binary(struct text *in, struct sockaddr_storage *out)
{
	const uint8_t *head = (const uint8_t *)in->data;
	size_t len;
	int family;

	if (in->len < HEAD_BYTES)
		return PROXY_MORE;
	len = (size_t)head[14] << 8 | head[15];
	if (head[12] >> 4 != 2 || (head[12] & 15) > 1 || len > 2048)
		return PROXY_WRONG;
	if (in->len < HEAD_BYTES + len)
		return PROXY_MORE;
	family = head[12] & 1 ? head[13] >> 4 : 0;
	if (family == 1 && len >= 12)
		set_address(out, AF_INET, head + HEAD_BYTES);
	else if (family == 2 && len >= 36)
		set_address(out, AF_INET6, head + HEAD_BYTES);
	in->data += HEAD_BYTES + len;
	in->len -= HEAD_BYTES + len;
	return PROXY_DONE;
}

enum proxy_verdict proxy_read(struct text *in, struct sockaddr_storage *out)
{
	size_t n = in->len < sizeof signature ? in->len : sizeof signature;

	if (!n)
		return PROXY_MORE;
	if (!memcmp(in->data, signature, n))
		return n < sizeof signature ? PROXY_MORE : read_binary(in, out);
	n = in->len < 6 ? in->len : 6;
	if (memcmp(in->data, "PROXY ", n) != 0)
		return PROXY_WRONG;
	return n < 6 ? PROXY_MORE : read_text(in, out);
}
