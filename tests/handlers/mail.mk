# mail.mk - mail_test: the mail worker's pure parts, without a database.

MAIL_TEST_OBJECTS := $(call objects,workers/mail/message.c workers/mail/attachment.c workers/mail/encode.c workers/mail/dkim.c \
                     workers/mail/wording.c workers/mail/transcript.c workers/mail/route.c workers/mail/mta.c \
                     workers/mail/mta_url.c workers/mail/reach.c workers/mail/outcome.c workers/rows.c \
                     workers/outbox.c \
                     tests/handlers/mail_test.c)

$(BUILD)/tests/handlers/mail_test: $(MAIL_TEST_OBJECTS) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(LIBS_mail) $(ALL_LINK) -lcmocka -o $@
