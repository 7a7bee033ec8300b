// Package guest runs a command under a kernel that has IPsec, when this machine's kernel has not.
//
// Debian's stock kernel boots in QEMU by emulation (no KVM is asked for: nested KVM may be there
// and broken). The guest sees the file system of this machine read-only through 9p with a layer
// of memory on top, so every installed program is there and nothing that it writes survives, but
// for what it writes to /out. Kernel and modules come from Debian's package, unpacked into a cache
// outside the tree; nothing is installed on the host.
//
//	host                                      guest
//	Run ── qemu -kernel vmlinux ──────────►   kernel
//	    └─ initramfs: this program as /init,  Init: insmod, mount 9p + overlay,
//	       its libraries, the modules               switch root, start the job
//	    ◄── serial console ── output ───────   job
//	    ◄── /out/exit ────────────────────────  Init: exit status, power off
//
// The first process of the guest is the very program that calls Run: its main function calls Init
// first. Libraries were looked at: vmtest builds a u-root userland for each run and vimto wants KVM
// and a container image; both are slower to the first command than the 5 seconds that this takes.
package guest
