/* cache.h - Redis, looked at by administrators. */
#ifndef INGRESS_READ_CACHE_H
#define INGRESS_READ_CACHE_H

/* The thread that asks Redis; when there are loops. */
void cache_start(void);

#endif
