#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dynmem_balloon and virtio_balloon in one guest. Tests which of them gets a dynmem device, that the
# device can change from one driver to the other, and that virtio_balloon gets QEMU's own balloon
# device.
#
# shellcheck disable=SC2317 # much is called by name

# shellcheck source=selftests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/e2e/guests.sh
. "$(dirname "$0")/../guests.sh"

# bound NAME DRIVER: succeeds if the driver has a device in the guest; for use with `comes`
bound() { guest run "$1" "ls -d /sys/bus/virtio/drivers/$2/virtio[0-9]*"; }

# ---- the rule in packaging/dynmem-balloon.conf, with the modules of the guest

mkdir "$tmp/guest"
(cd "$tmp/guest" && busybox cpio -i 2>/dev/null <"/lab/guests/$guest_kernel.cpio")
would_load()
{
	modprobe -d "$tmp/guest" -S "$(uname -r)" -C "$1" -n -v virtio_balloon |
		sed -n 's|.*/\([a-z_]*balloon\)\.ko.*|\1|p' | tr '\n' ' '
}
is "$(would_load /dynmem/packaging/dynmem-balloon.conf)" "dynmem_balloon virtio_balloon " \
	"with the modprobe rule dynmem_balloon is loaded first"
is "$(would_load /dev/null)" "virtio_balloon " "without it it is not loaded"

# ---- a dynmem device

# gives_all VM: succeeds if the VM exposes what it is assigned, and is assigned 256 MiB (its startup
# and its minimum) or up to 10 % more, which a lazy take leaves alone; for use with `comes`
gives_all()
{
	at_rest "$1" &&
		vm_has "$1" ".assigned - .lent | . >= $((256 * M)) and . <= $((256 * M * 110 / 100))"
}

# reports DRIVER: tests free page reporting with that driver
reports()
{
	local before

	before=$(json both .counters.free_reported)
	succeeds "$1: the guest fills 60 MiB and frees them" \
		guest run both --timeout 120 hog 60M --hold 1
	comes "$1: free memory is reported" 60 \
		vm_has both ".counters.free_reported > $before + $((32 * M / 4096))"
	comes "$1: it is not resident" 60 vm_has both ".resident < .exposed - .lent - $((32 * M))"
	comes "$1: and not given" 60 gives_all both
}

dmctl vm add both startup 256M maximum 384M reporting on
boot both --memory 384M --bind 0 --driver none
guest run both modprobe dynmem_balloon
guest run both modprobe virtio_balloon
comes "dynmem_balloon, loaded first, gets the device" 60 vm_has both '.driver == "dynmem"'
succeeds "as the guest sees it, too" bound both dynmem_balloon
succeeds "both are removed" guest run both rmmod dynmem_balloon virtio_balloon
comes "nobody has it" 60 vm_has both '.driver == "detached" and .ballooned == 0'
guest run both modprobe virtio_balloon
comes "virtio_balloon, loaded first, gets it" 60 vm_has both '.driver == "standard"'
comes "and gives" 120 gives_all both
reports virtio_balloon
# shellcheck disable=SC2016 # the guest's shell expands it
succeeds "the device is taken from it" guest run both \
	'cd /sys/bus/virtio/drivers
	for device in virtio_balloon/virtio[0-9]*; do
		echo "${device#*/}" >virtio_balloon/unbind
	done'
comes "which gives everything back" 60 vm_has both '.driver == "detached" and .ballooned == 0'
guest run both modprobe dynmem_balloon
comes "dynmem_balloon gets it" 60 vm_has both '.driver == "dynmem"'
comes "and gives" 120 gives_all both
reports dynmem_balloon
succeeds "the guest powers off" guest stop both
quiet both "QEMU has complained of nothing"

# ---- a VM with a second balloon device, which dynmem does not control

watch_events
wait_until 20 vm_is both .state defined
dmctl vm set both reporting off
boot both --memory 384M --bind 0 --driver none -- -device virtio-balloon-pci
guest run both modprobe dynmem_balloon
guest run both modprobe virtio_balloon
comes "with a balloon of QEMU's beside it, each driver has its own" 60 bound both virtio_balloon
comes "and the guest reports" 60 vm_has both '.driver == "dynmem" and .demand and .foreign == 0'
guest qmp both "{\"execute\":\"balloon\",\"arguments\":{\"value\":$((320 * M))}}" >/dev/null
comes "somebody moves QEMU's: dmctl shows it" 120 vm_has both ".foreign >= $((56 * M))"
comes "and an event has told it" 10 event both 'guest somebody else has taken [0-9]+M from the guest'
guest qmp both "{\"execute\":\"balloon\",\"arguments\":{\"value\":$((384 * M))}}" >/dev/null
comes "and back" 120 vm_has both ".foreign == 0"
succeeds "the guest powers off" guest stop both

# ---- QEMU's own balloon

boot own --memory 384M --balloon qemu --driver none
guest run own modprobe dynmem_balloon
guest run own modprobe virtio_balloon
comes "a balloon of QEMU's own goes to virtio_balloon" 60 bound own virtio_balloon
is "$(bound own dynmem_balloon 2>/dev/null)" "" "not to dynmem_balloon, though that was first"
guest qmp own "{\"execute\":\"balloon\",\"arguments\":{\"value\":$((256 * M))}}" >/dev/null
comes "it inflates" 120 meminfo_is own MemTotal -lt $((256 * M))
guest qmp own "{\"execute\":\"balloon\",\"arguments\":{\"value\":$((384 * M))}}" >/dev/null
comes "and deflates" 120 meminfo_is own MemTotal -gt $((300 * M))
succeeds "the guest powers off, too" guest stop own

done_testing
