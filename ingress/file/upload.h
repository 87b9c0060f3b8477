/* upload.h - an upload on its way: what upload.c reads, upload_orders.c sends and upload_answer.c answers. */
#ifndef INGRESS_FILE_UPLOAD_H
#define INGRESS_FILE_UPLOAD_H

#include "ingress/command/order.h"
#include "ingress/file/spool.h"

struct upload {
	struct spool spool; /* first: its job leads back here */
	struct call *call;
	const struct action *action;
	struct order orders[SPOOL_FILES_MOST];
	enum fate fates[SPOOL_FILES_MOST];
	enum scan_state states[SPOOL_FILES_MOST];
	int unsettled;
	bool keyed;
	int64_t until_ms;
	int step_ms;
};

struct upload *upload_of(struct crew_job *job);
/* Was that file taken? */
bool upload_is_done(const struct upload *u, int i);
/* Was it, and is it still to be scanned? */
bool upload_waits(const struct upload *u, int i);
/* The ids of those that were taken: a text, as PostgreSQL reads an array. */
struct text upload_ids(const struct upload *u);

/* The bytes are durable: the commands go out, and whatever comes of them is answered. */
void upload_send(struct upload *u);
/* Bytes that were written and that nobody will ask for. */
void upload_remove_kept(struct upload *u);
/* Every way of an upload that has been answered ends here. */
void upload_end(struct upload *u);

/* What is known of the scan is the answer. */
void upload_answer(struct upload *u);
/* 202 for what cannot be read now; a limit's function. arg: the upload. */
void upload_answer_accepted(struct call *call, void *arg);

#endif
