/* reach.h - TCP connections to a mail server, where libesmtp's own lack something: a deadline, haste. */
#ifndef WORKERS_MAIL_REACH_H
#define WORKERS_MAIL_REACH_H

/* Opens and closes one, to each of the host's addresses until one answers. NULL, or
 * why not (lives until the thread's next call). */
const char *reach_try(const char *host, int port, int deadline_ms);

/* TCP_NODELAY for this process's connections to that port. libesmtp writes a message in pieces and keeps its socket to
 * itself: by Nagle's rule (RFC 896) each last piece would wait for the server's delayed acknowledgement, 40 ms a mail.
 */
void reach_hurry(int port);

#endif
