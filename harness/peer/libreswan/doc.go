// Package libreswan runs libreswan's pluto as a peer, controlled through its own whack.
//
// Debian's package conflicts with strongSwan's, so it is unpacked beside, into a cache folder, and run from there. It
// wants ESP in the kernel; without, the preload lets it negotiate without data.
package libreswan
