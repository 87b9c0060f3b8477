# mail.mk - what strangers' mail is read with, under test: its unit tests, and `make mail-bars`.

$(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/mail_*_test.c)): $(MAIL_LIB) $(BUILD)/bin/guichetmail

$(BUILD)/obj/tests/unit/mail_reader_test.o: CPPFLAGS += -DPROGRAM_UNDER_TEST='"$(BUILD)/bin/guichetmail"'

$(BUILD)/obj/tests/unit/mail_parse_test.o: CPPFLAGS += -DPROGRAM_UNDER_TEST='"$(abspath $(BUILD)/bin/guichetctl)"'
$(BUILD)/tests/unit/mail_parse_test: $(BUILD)/bin/guichetctl

$(BUILD)/tests/mail/leaves: $(call objects,tests/mail/leaves.c) $(MAIL_LIB) $(call layer_lib,base)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ $(LIBS_reading) -lunistring -lcrypto -o $@

.PHONY: mail-bars
mail-bars: $(BUILD)/bin/guichetctl $(BUILD)/bin/guichetmail $(BUILD)/tests/mail/leaves ## how well real mail is read, a table (MAIL_CORPUS=folder; MISSES=1 names what missed)
	@TEST_BUILD=$(BUILD) tests/mail/bars $(if $(MISSES),--misses)
