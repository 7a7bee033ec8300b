// Package fabric is where a scenario runs: hosts, and the wire between the two that negotiate,
// watched. There are two: kernel namespaces, with real sockets and real traffic, and a
// simulator in memory, which carries IKE only.
package fabric

import (
	"ikewit/harness/capture/pcapfile"
	"ikewit/netns/topo"
)

// A Fabric is a topology that stands.
type Fabric interface {
	Name() string // "netns" or "sim"
	Topology() topo.Topology

	// Frames gives what crossed the wire so far, oldest first, numbered from 1.
	Frames() ([]pcapfile.Frame, error)

	// Leftovers names what scenarios must not leave behind: sockets, devices, routes, SAs, policies, programs.
	Leftovers() ([]string, error)

	Close() error
}
