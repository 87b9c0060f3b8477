/* redis.c - Redis: does it answer, does it let us in, and does it make room by itself when it is full. It holds nothing
 * that must be kept: without it answers come from the database, slower.
 */
#include <hiredis.h>
#include <stdlib.h>
#include <string.h>
#include "base/cache_url.h"
#include "ops/doctor/examiner.h"

#define PIECE 4096

struct talk {
	struct examiner *e;
	struct stream *stream;
	redisReader *reader;
};

/* The reply to a command, the caller's to free; NULL: there was none. */
static redisReply *ask(struct talk *t, int count, const char **words)
{
	char *command, piece[PIECE];
	long long len = redisFormatCommandArgv(&command, count, words, NULL);
	void *reply = NULL;
	bool is_sent = len > 0 && stream_write(t->stream, command, (size_t)len, TALK_MS);

	if (len > 0)
		redisFreeCommand(command);
	while (is_sent && !reply) {
		ssize_t got = stream_read(t->stream, piece, sizeof piece, TALK_MS);

		if (got <= 0 || redisReaderFeed(t->reader, piece, (size_t)got) != REDIS_OK ||
		        redisReaderGetReply(t->reader, &reply) != REDIS_OK)
			break;
	}
	return reply;
}

static void find_away(struct examiner *e, const struct cache_url *url, const char *why)
{
	examiner_find(e, DOCTOR_FAIL, "redis.away", "redis",
	        "Start Redis (systemctl start redis-server) and look at its log; nothing is lost, answers come from "
	        "the database meanwhile, "
	        "only slower",
	        "Redis cannot be reached at %s:%d: %s", url->host, url->port, *why ? why : "no answer")
	        ->because[0] = "certificate redis";
	e->findings[e->count - 1].subject = "redis";
}

/* True when we are in. */
static bool judge_login(struct talk *t, const struct cache_url *url)
{
	const char *words[] = { "AUTH", *url->user ? url->user : "default", url->password };
	redisReply *reply = NULL;
	bool is_in;

	if (*url->password)
		reply = ask(t, 3, words);
	else
		reply = ask(t, 1, (const char *[]){ "PING" });
	if (!reply) {
		find_away(t->e, url, stream_error(t->stream));
		return false;
	}
	is_in = reply->type != REDIS_REPLY_ERROR;
	if (!is_in)
		examiner_find(t->e, DOCTOR_FAIL, "redis.login", "redis",
		        "Set REDIS_URL to a user that Redis has; guichetctl topology redis prints the file of its "
		        "users, ACL LOAD reads it",
		        "Redis does not let us in: %s", reply->str)
		        ->subject = "redis";
	freeReplyObject(reply);
	return is_in;
}

/* A member of INFO; "" when it does not tell, as to a user with few rights. */
static char *info(struct talk *t, const char *section, const char *member)
{
	redisReply *reply = ask(t, 2, (const char *[]){ "INFO", section });
	const char *at = reply && reply->type == REDIS_REPLY_STRING ? strstr(reply->str, member) : NULL;
	char *value = arena_copy(t->e->arena, "", 0);

	if (at) {
		at += strlen(member);
		value = arena_copy(t->e->arena, at, strcspn(at, "\r\n"));
	}
	freeReplyObject(reply);
	return value;
}

static void judge_memory(struct talk *t)
{
	char *policy = info(t, "memory", "\r\nmaxmemory_policy:"), *most = info(t, "memory", "\r\nmaxmemory:");

	if (*policy && strcmp(policy, "noeviction") == 0 && strcmp(most, "0") != 0)
		examiner_find(t->e, DOCTOR_WARN, "redis.policy", "redis",
		        "redis-cli CONFIG SET maxmemory-policy allkeys-lru, and the same in redis.conf",
		        "Redis refuses to work when its memory is full: its maxmemory-policy is noeviction");
	else if (strcmp(most, "0") == 0)
		examiner_find(t->e, DOCTOR_WARN, "redis.memory", "redis",
		        "redis-cli CONFIG SET maxmemory 256mb, and the same in redis.conf",
		        "nothing bounds the memory that Redis takes: its maxmemory is 0");
}

void examine_redis(struct examiner *e)
{
	struct talk t = { .e = e };
	char why[STREAM_WHY] = "", *version;
	struct cache_url url;

	if (!examiner_has(e, "redis", "REDIS_URL", servers.redis))
		return;
	if (!cache_url_parse(servers.redis, &url)) {
		examiner_find(e, DOCTOR_FAIL, "redis.url", "redis", "Correct REDIS_URL", "REDIS_URL cannot be read");
		return;
	}
	t.stream = stream_open(url.host, url.port, url.tls, TALK_MS, why);
	if (!t.stream) {
		find_away(e, &url, why);
		return;
	}
	t.reader = redisReaderCreate();
	if (judge_login(&t, &url)) {
		version = info(&t, "server", "\r\nredis_version:");
		if (*version && atoi(version) < 7)
			examiner_find(e, DOCTOR_FAIL, "redis.version", "redis", "Bring Redis to version 7 or newer",
			        "Redis is of version %s, and 7 is needed", version);
		judge_memory(&t);
		if (!e->count || e->findings[e->count - 1].verdict == DOCTOR_OK)
			examiner_fine(e, "redis", "redis", "reachable%s%s", *version ? ", Redis " : "", version);
	}
	redisReaderFree(t.reader);
	stream_close(&t.stream);
}
