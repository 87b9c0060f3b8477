/* file_place.h - where a file's bytes lie, by what its row says: the buckets and keys that ingress, the scan worker and
 * guichetctl agree on. */
#ifndef QUEUES_FILE_PLACE_H
#define QUEUES_FILE_PLACE_H

#include <stdint.h>
#include "base/uuid.h"

#define BUCKET_TICKETS "helpdesk-tickets"
#define BUCKET_AVATARS "helpdesk-avatars"
#define BUCKET_TEMP "helpdesk-temp"
#define BUCKET_MAIL "helpdesk-mail" /* messages as they came, each under the id of its row in inbound_mails */

enum { FILE_KEY_ROOM = 96 };

/* Waiting to be looked at, in BUCKET_TEMP: new/<id>. */
void file_key_new(struct uuid id, char out[FILE_KEY_ROOM]);
/* Infected or not to be looked into, in BUCKET_TEMP: quarantine/<sha256 in hexadecimal>, once for however many rows. */
void file_key_quarantine(const uint8_t sha256[32], char out[FILE_KEY_ROOM]);
/* Clean, in BUCKET_TICKETS or BUCKET_AVATARS: ab/cd/<sha256 in hexadecimal>. form is "" for the bytes as they came,
 * ".preview" or ".thumbnail" for a picture made of them. */
void file_key_kept(const uint8_t sha256[32], const char *form, char out[FILE_KEY_ROOM]);

/* A message as it came, in BUCKET_MAIL: <the first six digits of the id>/<id>. Of an id of version 7 that is a folder
 * for each four and a half hours. */
void file_key_mail(struct uuid id, char out[FILE_KEY_ROOM]);

#endif
