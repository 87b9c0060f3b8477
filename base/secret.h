/* secret.h - can a key or a password that somebody has chosen be guessed? */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>

/* Is it of the kind that stands in examples ("change-me", "your-secret")? */
bool secret_is_example(const char *secret);
/* That, or of hardly any different characters. How long it is the caller looks at. */
bool secret_is_weak(const char *secret);

#endif
