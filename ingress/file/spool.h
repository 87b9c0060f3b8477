/* spool.h - the body of an upload becomes files of the store.
 *
 *   read    the parts are found, each file's name, size and type looked at, its bytes hashed and written; what is wrong
 * is named keep    the files get their keys, and are there for good
 *
 * Both are work for disk.h. A body that h2o has put into a file is mapped once more, so that it outlives h2o's request.
 */
#ifndef INGRESS_FILE_SPOOL_H
#define INGRESS_FILE_SPOOL_H

#include "ingress/file/disk.h"
#include "queues/contract.h"

#define SPOOL_FILES_MOST 10
#define SPOOL_FIELDS_MOST 8

extern struct setting spool_settings[];

struct spool_file {
	char field[16];   /* the member that it came as */
	struct text name; /* clean */
	const char *mime_type;
	int64_t size;
	uint8_t sha256[32];
	struct store_writer *writer;
	struct uuid id; /* its key; set before keep */
	bool kept;
};

struct spool {
	struct crew_job job; /* first */
	/* Set before read; most: files, field: what a single file is called. */
	struct text body, content_type, disposition;
	int most;
	bool picture;
	void *map;
	size_t map_bytes;

	struct arena *arena; /* of what was read, until spool_end */
	struct spool_file files[SPOOL_FILES_MOST];
	int count;
	struct spool_field {
		struct text name, value;
	} fields[SPOOL_FIELDS_MOST];
	int field_count;
	enum problem_code code; /* PROBLEM_NONE: all is well */
	struct problems problems;
};

/* Before the threads start: large bodies go to files in SPOOL_DIR. */
void spool_start(void);
/* How large the body of an upload may be. */
int64_t spool_body_most(void);
/* How large a file, and a picture of a person. */
int64_t spool_file_most(void);
int64_t spool_avatar_most(void);
/* How many files of a person may wait for a ticket, or lie there deleted. */
int64_t spool_idle_most(void);
/* Takes the body over from h2o. False: it cannot be had. */
bool spool_take_body(struct spool *spool, struct call *call);
void spool_read(struct crew_job *job);
void spool_keep(struct crew_job *job);
/* Removes what was kept: nobody knows of it. */
void spool_remove(struct crew_job *job);
/* Gives everything back; what was not kept is no more. */
void spool_end(struct spool *spool);

#endif
