/* reach.h - can a TCP connection be opened? With a deadline, which libesmtp's own connect lacks. */
#ifndef WORKERS_MAIL_REACH_H
#define WORKERS_MAIL_REACH_H

/* Opens and closes one, to each of the host's addresses until one answers. NULL, or
 * why not (lives until the thread's next call). */
const char *reach_try(const char *host, int port, int deadline_ms);

#endif
