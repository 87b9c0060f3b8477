/* screen.h - the terminal of a program that draws its whole screen anew: keys as they are pressed, and all as it was
 * behind it, whoever ends it.
 */
#ifndef OPS_GUICHETCTL_SCREEN_H
#define OPS_GUICHETCTL_SCREEN_H

#include <stdbool.h>

/* Is standard output a terminal, and standard input one that can be read key by key? Then it is, until screen_close(),
 * or a signal that ends the program. */
bool screen_open(void);
void screen_close(void);

/* Rows and columns as they are now; 24 and 80 where the terminal does not say. */
void screen_size(int *rows, int *columns);

/* Before and behind what is printed to draw it anew; the cursor stays at the end. */
void screen_begin(void);
void screen_end(void);

/* A key, or 0 after so long without one; 'q' when there will be none any more. */
int screen_key(int wait_ms);

#endif
