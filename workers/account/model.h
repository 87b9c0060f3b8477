/* model.h - the account worker's batch: what is loaded, how jobs are decided, what is stored. */
#ifndef WORKERS_ACCOUNT_MODEL_H
#define WORKERS_ACCOUNT_MODEL_H

#include "workers/account/account.h"
#include "workers/lane.h"

struct world {
	struct profile *profiles;
	int profile_count;
	struct db_result *loaded_profiles; /* between load and loaded */
};

extern const struct lane_model account_model;

/* load.c */
void account_load(struct batch *batch);
void account_loaded(struct batch *batch);
/* decide.c */
void account_decide(struct job *job);
/* The account a job is about: the one its path names, else the actor's own. */
struct uuid account_of(const struct job *job);
/* store.c */
void account_store(struct batch *batch);

/* columns.c: a profile's mutable columns, in the order of profile_load. */
extern const int profile_column_count;
const char *profile_column_name(int column);
struct text *profile_column(struct profile *profile, int column);
/* How many columns differ; their names when out_names is not NULL. */
int profile_diff(const struct profile *before, const struct profile *after, struct text *out_names);

#endif
