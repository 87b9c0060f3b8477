/* surroundings.c - what lies around Guichet on this machine: room on disks, and certificates that end. */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include "base/clock.h"
#include "workers/monitor/monitor.h"

#define LEAST_BYTES (5LL * 1000 * 1000 * 1000)
#define LEAST_PERCENT 15
#define CERTIFICATE_DAYS 21 /* to renew one in */
#define DAY_S 86400

static const char *disks, *certificates;

struct setting surroundings_settings[] = {
	{ "MONITOR_DISKS", SETTING_TEXT, &disks, "/var/lib/guichet /var/lib/postgresql /var/lib/rabbitmq", .max = 4000,
	        .help = "folders whose disks are watched, with blanks between; of those that are on this machine" },
	{ "MONITOR_CERTIFICATES", SETTING_TEXT, &certificates, "", .max = 4000,
	        .help = "PEM files of certificates whose end is watched, with blanks between; this program must be "
	                "allowed to read them" },
	{ 0 },
};

/* The next word of a list, NUL-terminated in the arena; NULL: there is none. */
static const char *next_word(const char **list, struct arena *arena)
{
	size_t len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	if (!len)
		return NULL;
	*list += len;
	return text_dup(arena, (struct text){ *list - len, len });
}

static json_t *disk(const char *folder)
{
	struct statvfs room;
	int64_t free_bytes, size, percent;

	if (statvfs(folder, &room) != 0 || !room.f_blocks)
		return NULL;
	free_bytes = (int64_t)room.f_bavail * (int64_t)room.f_frsize;
	size = (int64_t)room.f_blocks * (int64_t)room.f_frsize;
	percent = 100 * free_bytes / size;
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:b, s:b}", "where", folder, "freeBytes", (json_int_t)free_bytes,
	        "freeGb", (json_int_t)(free_bytes / 1000000000), "sizeBytes", (json_int_t)size, "freePercent",
	        (json_int_t)percent, "isShort", free_bytes < LEAST_BYTES, "isLow", percent < LEAST_PERCENT);
}

/* Seconds since 1970; 0: it cannot be read. */
static int64_t certificate_end(const char *name)
{
	FILE *file = fopen(name, "re");
	X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	struct tm ends = { 0 };
	int64_t seconds = 0;

	if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends))
		seconds = (int64_t)timegm(&ends);
	X509_free(certificate);
	if (file)
		fclose(file);
	return seconds;
}

static json_t *certificate(const char *name)
{
	int64_t end = certificate_end(name), left = end - clock_unix_ms() / 1000, days = left / DAY_S;

	return json_pack("{s:s, s:b, s:I, s:I, s:I}", "where", name, "isUnread", end == 0, "endsSeconds",
	        (json_int_t)(end ? left : 0), "days", (json_int_t)(end ? days : 0), "shortDays",
	        (json_int_t)(end && days < CERTIFICATE_DAYS ? CERTIFICATE_DAYS - days : 0));
}

void monitor_see_surroundings(json_t *seen, struct arena *arena)
{
	json_t *rooms = json_array(), *ends = json_array();
	const char *list = disks, *word;

	while ((word = next_word(&list, arena)) != NULL)
		json_array_append_new(rooms, disk(word)); /* one that is not there is not appended */
	for (list = certificates; (word = next_word(&list, arena)) != NULL;)
		json_array_append_new(ends, certificate(word));
	json_object_set_new(seen, "disks", rooms);
	json_object_set_new(seen, "certificates", ends);
}
