# fault.mk - the fault ring: load with a ledger, faults while it runs, a judge.

FAULT_TOOLS := $(BUILD)/tests/fault/ledger $(BUILD)/tests/fault/broker $(BUILD)/tests/fault/proxy

$(BUILD)/tests/fault/ledger: $(call objects,$(addprefix tests/fault/,ledger.c plan.c wire.c book.c)) $(call layer_lib,base)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ -ljansson $(LIBS_base) -o $@

$(BUILD)/tests/fault/broker: $(call objects,tests/fault/broker.c)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ -lrabbitmq -o $@

$(BUILD)/tests/fault/proxy: $(call objects,tests/fault/proxy.c)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ -pthread -o $@

# The programs a second time, with places in them where they can be killed.
.PHONY: fault-build fault-short fault
fault-build: all $(FAULT_TOOLS)
	@$(MAKE) --no-print-directory FAULT_POINTS=1 BUILD=$(BUILD)/fault all

fault-short: fault-build ## kill every part under load, 5,000 commands for each way (minutes)
	tests/fault/run

fault: fault-build ## the same with 100,000 commands for each way (an hour)
	tests/fault/run --commands 100000
