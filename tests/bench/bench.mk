# bench.mk - how quick it is, measured; not a part of `make test`.

BENCH_TOOLS := $(addprefix $(BUILD)/tests/bench/,publisher open_loop sink)

$(BUILD)/tests/bench/publisher: $(call objects,tests/bench/publisher.c) $(ALL_LIBS)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(LINK_TEST) $(ALL_LINK) -o $@

$(BUILD)/tests/bench/open_loop: $(call objects,tests/bench/open_loop.c tests/fault/wire.c) $(call layer_lib,base)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ -ljansson $(LIBS_base) -o $@

$(BUILD)/tests/bench/sink: $(call objects,tests/bench/sink.c)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ -o $@

.PHONY: bench bench-build bench-lists bench-files bench-mail-in bench-intake
bench-build: all $(BENCH_TOOLS) $(BUILD)/tests/fault/broker

bench: bench-build ## ratios to the bare broker and the bare database, latency and memory (10 minutes)
	@tests/bench/run

bench-lists: $(MIGRATE) ## lists, figures and search with a thousand and with a million tickets (minutes)
	@TEST_BUILD=$(BUILD) tests/bench/lists

bench-files: all ## files that come, are scanned and go, beside dd, nginx and a bare client of clamd (minutes)
	@tests/bench/files

bench-mail-in: all ## mail that is taken in, beside a private Postfix (minutes)
	@tests/bench/mail_in

bench-intake: all ## how soon a mail is a ticket, and how many are settled a second (minutes)
	@tests/bench/intake
