/* disk.c - see disk.h. */
#include "ingress/file/disk.h"

#define QUEUE_MAX 512

static int64_t threads;
static struct store *store;

struct setting disk_settings[] = {
	{ "DISK_THREADS", SETTING_INT, &threads, "16", .min = 1, .max = 256,
	        .help = "threads that write and read files; each waits for one at a time" },
	{ 0 },
};

static struct metric waiting = { .name = "guichet_disk_waiting",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Pieces of work that wait for a thread of DISK_THREADS" };

static struct crew crew = CREW(crew, .thread = "disk", .most = QUEUE_MAX, .waiting = &waiting);

void disk_open(void)
{
	store = store_open();
}

void disk_start(void)
{
	crew_start(&crew, (int)threads);
}

struct store *disk_store(void)
{
	return store;
}

bool disk_run(struct call *call, struct crew_job *job)
{
	return crew_run(&crew, call, job);
}
