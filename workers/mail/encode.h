/* encode.h - text as mail carries it: headers (RFC 5322, RFC 2047) and bodies (RFC 2045).
 *
 * Nothing of a value can start a line of the head: control characters become blanks, what is not ASCII is encoded.
 * Every line that is written ends with CRLF and holds 78 characters at most, but for an address or a link that is
 * longer by itself.
 */
#ifndef WORKERS_MAIL_ENCODE_H
#define WORKERS_MAIL_ENCODE_H

#include "base/text.h"

enum encoding { ENCODING_QUOTED_PRINTABLE, ENCODING_BASE64 };

/* A header of unstructured text: as it is when printable ASCII, else as encoded words; folded. */
void encode_header(struct buffer *out, const char *name, struct text value);
/* A header with one address (local@domain, plain); the name before it may be none. */
void encode_mailbox(struct buffer *out, const char *header, struct text name, struct text address);

/* "Content-Disposition: attachment" with the name of a file: printable ASCII as it is, all else by RFC 2231, in pieces
 * where it is long. */
void encode_file_name(struct buffer *out, struct text name);

/* RFC 2045 section 6.7, lines of at most 76 characters. */
void encode_quoted_printable(struct buffer *out, struct text body);
/* RFC 2045 section 6.8, of the body with its lines ended by CRLF. */
void encode_base64(struct buffer *out, struct text body);
/* The same of the bytes as they are. */
void encode_bytes(struct buffer *out, struct text bytes);
/* The one that makes the body shorter. */
enum encoding encode_shorter(struct text body);

#endif
