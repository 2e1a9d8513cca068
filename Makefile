# SPDX-License-Identifier: GPL-2.0
# Entry points; `make help` lists them. The kernel's build system builds the modules, from Kbuild.
# selftests/lab builds everything that runs in the lab.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.12
CYCLES ?= 200
PREFIX ?= /usr
DESTDIR ?=

lab := selftests/lab/lab

# depmod and modprobe are in sbin, which is not in the PATH of every user.
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: all modules guest-module dmctl install install-guest uninstall deb docs demo check check-unit \
	check-spec check-sim check-mutants check-install check-packages check-libvirt check-e2e \
	check-guests check-long check-debug check-debug-guests check-kills check-model bench soak lint \
	deps clean help

all:
	@packaging/needs $(KDIR) modules dmctl
	$(MAKE) modules dmctl

help:
	@echo 'On a KVM host (what is missing is told, with the packages that have it):'
	@echo '  make                the modules for KDIR (default: the running kernel) and dmctl'
	@echo '  make install        dynmem.ko, dmctl, its man page, rules for udev and modprobe, the services,'
	@echo '                      dynmem-update (PREFIX; with DESTDIR without depmod, and without'
	@echo '                      telling udev and systemd)'
	@echo '  make uninstall      removes that, and what make install-guest installs'
	@echo 'In a Linux guest:'
	@echo '  make guest-module   dynmem_balloon.ko for KDIR'
	@echo '  make install-guest'
	@echo 'On Debian 12 or newer:'
	@echo '  make deb            packages of all this, in build/deb'
	@echo '  make docs           the documentation as a web site, in build/docs'
	@echo 'On any machine (the lab boots a host with KVM guests; KERNEL=6.12 or 7.3):'
	@echo '  make demo           watch memory move between two guests (DYNAMIC=off: fail without)'
	@echo '  make check          unit tests, simulator and end-to-end tests'
	@echo '  make check-unit     unit tests alone; also check-spec, check-e2e [TESTS="10-dmctl ..."]'
	@echo '  make check-sim      the simulator: random worlds, control loop [SEED= to replay one]'
	@echo '  make check-mutants  seeded faults that simulator or unit tests must find'
	@echo '  make check-guests   those with booted guests alone'
	@echo '  make check-packages the packages on bare Debian 12 and 13: install, upgrade, remove (needs a mirror)'
	@echo '  make check-install  the same for what is built from source'
	@echo '  make check-libvirt  a domain of libvirt, on a host with systemd (8 minutes; needs a mirror)'
	@echo '  make check-long     more of those, which take longer'
	@echo '  make check-debug    check-e2e on a kernel with KASAN, lockdep and kmemleak (PREEMPT=none)'
	@echo '  make check-debug-guests  some of check-guests on it, in the guests, too'
	@echo '  make check-kills    kills VMMs at all moments (KILLS=1000; KERNEL=debug)'
	@echo '  make check-model    the ledger in a small world, exhaustively (2 minutes)'
	@echo '  make bench          measurements, as JSON in build/bench (BENCH=counts BENCH_ARGS="1 16")'
	@echo '  make soak           memory back and forth between two guests, data verified (CYCLES=200 BACKING=anon)'
	@echo '  make lint           checkpatch, sparse, W=1, clang-tidy, shellcheck'
	@echo '  make deps           install what those need (apt, as root)'
	@echo '  make clean'

modules:
	@packaging/needs $(KDIR) modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

guest-module:
	@packaging/needs $(KDIR) modules
	$(MAKE) -C $(KDIR) M=$(CURDIR)/guest-balloon modules

dmctl:
	@packaging/needs $(KDIR) dmctl
	$(MAKE) -C dmctl

# install_module DIR,NAME,GOAL: runs the kernel's modules_install with three settings:
# - Modules go to updates/ on every kernel; the default of Linux 6.1 is extra/.
# - modules_install does not run depmod: the kernel runs depmod only if there is a System.map, which
#   distributions' headers lack. depmod runs here instead. In a staged install (DESTDIR) the package
#   has to run it.
# - Modules stay unsigned unless KDIR has the signing key, which only the builder of the kernel has.
define install_module
	@test -e $(1)/$(2).ko || { \
		echo 'dynmem: $(1)/$(2).ko is not built yet: run `make $(3)` first' >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(1) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) \
		INSTALL_MOD_DIR=updates cmd_depmod=: \
		$(if $(wildcard $(KDIR)/certs/signing_key.x509),,CONFIG_MODULE_SIG_ALL=) modules_install
	$(if $(DESTDIR),,depmod $$(modinfo -F vermagic $(1)/$(2).ko | cut -d' ' -f1))
endef

# udev and systemd read their rules and units again.
reload = $(if $(DESTDIR),,[ ! -S /run/udev/control ] || udevadm control --reload; \
	[ ! -d /run/systemd/system ] || systemctl daemon-reload)

install:
	$(call install_module,host-kmod,dynmem,modules dmctl)
	$(MAKE) -C dmctl install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C packaging install-host DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(reload)
	$(if $(DESTDIR),,[ ! -d /run/systemd/system ] || systemd-tmpfiles --create dynmem.conf)

install-guest:
	$(call install_module,guest-balloon,dynmem_balloon,guest-module)
	$(MAKE) -C packaging install-guest DESTDIR=$(DESTDIR)

# Removes what `make install` and `make install-guest` installed, for all kernels, and nothing else.
# Settings in /etc/dynmem that were changed stay.
uninstall:
	$(MAKE) -C packaging uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C dmctl uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	for file in $(wildcard $(foreach m,dynmem dynmem_balloon, \
			$(DESTDIR)/lib/modules/*/updates/$(m).ko*)); do \
		rm -f "$$file"; \
		dir=$$(dirname "$$file"); \
		rmdir --ignore-fail-on-non-empty "$$dir"; \
		$(if $(DESTDIR),:,depmod "$$(basename "$$(dirname "$$dir")")"); \
	done
	$(reload)

deb:
	packaging/build-deb

docs:
	selftests/lab/deps docs
	Documentation/build-html $(CURDIR)/build/docs

demo:
	selftests/demo/demo $(KERNEL) $(DYNAMIC)

check:
	selftests/check $(KERNEL) unit sim spec e2e guests

check-unit check-sim check-spec check-e2e check-guests check-long check-debug check-debug-guests \
check-kills check-model: check-%:
	selftests/check $(KERNEL) $*

check-mutants:
	selftests/sim/check-mutants

check-install:
	selftests/install/check source

check-packages:
	selftests/install/check packages

check-libvirt:
	selftests/libvirt/check

bench:
	BENCH_ARGS="$(BENCH_ARGS)" selftests/bench/bench $(KERNEL) $(BENCH)

soak:
	selftests/soak/soak $(KERNEL) $(CYCLES) $(BACKING)

lint:
	selftests/lint/lint

deps:
	selftests/lab/deps check

clean:
	$(MAKE) -C dmctl clean
	$(MAKE) -C selftests/unit clean
	$(MAKE) -C selftests/sim clean
	find host-kmod guest-balloon \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '*.o.d' -o -name modules.order \
		-o -name Module.symvers \) -delete
	rm -rf build modules.order Module.symvers .module-common.o .*.cmd
