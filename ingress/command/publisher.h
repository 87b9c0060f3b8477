/* publisher.h - the thread that hands commands to the broker.
 *
 * One connection and one channel, with confirms. What it has written and nobody has answered yet
 * is in a window of 256 (publish_window.h). It never publishes anything a second time.
 */
#ifndef INGRESS_COMMAND_PUBLISHER_H
#define INGRESS_COMMAND_PUBLISHER_H

/* After the loops were started. */
void publisher_start(void);

#endif
