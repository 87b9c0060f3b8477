# tests.mk - the rings of tests, and how each is built. See tests/run for what they mean.
#
# A file tests/unit/NAME_test.c or tests/handlers/NAME_test.c is a program by being there.
# What it links beside the layers follows from the word before its first underline:
# a program's name stands for that program's objects without its main.

UNIT_TESTS    := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*_test.c)))
HANDLER_TESTS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/handlers/*_test.c)))
DESK_TESTS    := $(filter-out %/db_test %/db_loop_test %/mail_test,$(HANDLER_TESTS))

TESTED_ticket  := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/ticket))
TESTED_notify  := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/notify))
TESTED_timer   := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/timer))
TESTED_desk    := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/desk))
TESTED_account := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/account))
TESTED_scan    := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/scan))
TESTED_fetch   := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/fetch))
TESTED_intake := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/intake))
TESTED_monitor := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/monitor))
TESTED_webhook := $(SKELETON) $(filter-out %/main.c,$(call sources,workers/webhook))
TESTED_ctl     := $(filter-out %/main.c,$(call sources,ops/guichetctl)) $(DOCTOR) $(BACKUP)
TESTED_ingress := $(filter-out %/main.c,$(INGRESS))
TESTED_door    := $(filter-out %/main.c,$(MAIL_INGRESS))
TESTED_LIBS_ctl     := $(LIBS_guichetctl)
TESTED_LIBS_ingress := $(LIBS_ingress)
TESTED_LIBS_door := -lh2o-evloop
TESTED_LIBS_template := -lgumbo
TESTED_LIBS_base := $(call layer_lib,base) -lseccomp
TESTED_LIBS_mail := $(MAIL_LIB) $(call layer_lib,base) $(LIBS_reading)

word_of    = $(firstword $(subst _, ,$(notdir $(1))))
LINK_TEST  = $(CC) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group

define unit_rule
$(1): $(call objects,$(patsubst $(BUILD)/%,%.c,$(1)) $(TESTED_$(call word_of,$(1)))) $(ALL_LIBS)
	@mkdir -p $$(@D)
	@echo "  link  $$@"
	@$$(LINK_TEST) $(TESTED_LIBS_$(call word_of,$(1))) $(ALL_LINK) -lcmocka -o $$@
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$(t))))

# The handler tests share a desk: the ticket worker's objects, those of the program under test, and a database.
define desk_rule
$(1): $(call objects,$(sort $(patsubst $(BUILD)/%,%.c,$(1)) tests/handlers/desk.c $(TESTED_ticket) \
		$(TESTED_$(call word_of,$(1))))) $(ALL_LIBS)
	@mkdir -p $$(@D)
	@echo "  link  $$@"
	@$$(LINK_TEST) $(ALL_LINK) -lcmocka -o $$@
endef
$(foreach t,$(DESK_TESTS),$(eval $(call desk_rule,$(t))))

# rights_test asks for what the sources of each program name.
$(BUILD)/gen/program_queries.h: tests/handlers/program_queries $(wildcard ingress/*/*.c ops/guichetctl/*.c ops/doctor/*.c ops/backup/*.c workers/*/*.c)
	@mkdir -p $(@D)
	@tests/handlers/program_queries > $@
$(BUILD)/obj/tests/handlers/rights_test.o: $(BUILD)/gen/program_queries.h

include tests/handlers/db.mk
include tests/handlers/mail.mk
include tests/mail/mail.mk

MIGRATE := $(BUILD)/tests/handlers/migrate
$(MIGRATE): $(call objects,tests/handlers/migrate.c) $(ALL_LIBS)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(LINK_TEST) $(ALL_LINK) -o $@

CONTRACT := $(BUILD)/tests/contract/print
$(CONTRACT): $(call objects,tests/contract/print.c) $(ALL_LIBS)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(LINK_TEST) $(ALL_LINK) -o $@

include tests/api/api.mk
include tests/fuzz/fuzz.mk
include tests/edge/edge.mk
-include tests/fault/fault.mk
include tests/bench/bench.mk

.PHONY: test-programs unit-programs check test test-compose contract schema
unit-programs: $(UNIT_TESTS)
test-programs: $(UNIT_TESTS) $(HANDLER_TESTS) $(MIGRATE)

check: ## the fast ring: unit tests and checks of the sources, under a minute
	@ops/setup build check
	$(MAKE) --no-print-directory -j2 all unit-programs $(CONTRACT)
	@TEST_BUILD=$(BUILD) tests/run unit sources

test: ## everything: set-up, build, every ring; ends with "N passed, N failed"
	ops/setup
	tests/npm tests/api tests/screen tests/oidc
	$(MAKE) --no-print-directory -j2 all $(CONTRACT) fault-build
	$(MAKE) --no-print-directory -j2 SAN=address,undefined test-programs edge-programs
	@TEST_BUILD=build/address-undefined tests/run sources unit handlers flow edge storm stack fault

test-compose: ## docker-compose.yml, brought up, used, hurt and taken down (podman or Docker); by hand
	@tests/compose/run

contract: $(CONTRACT) ## the API, printed from the catalogue
	@$(CONTRACT)

schema: $(MIGRATE) ## write sql/schema.sql anew from the migrations and functions
	@TEST_BUILD=$(BUILD) tests/handlers/with_postgresql tests/handlers/schema > sql/schema.sql.new
	@mv sql/schema.sql.new sql/schema.sql
