// Package host is everything that an IKE daemon and a user-space IPsec stack need of a Linux host, and nothing of what
// they do with it: UDP sockets for IKE, raw sockets for ESP and AH, a tunnel device for clear packets, the routing
// that sends protected traffic there and the guard that keeps it from going elsewhere, the clock, the kernel's
// randomness, a tap on a link, and pings.
//
//	    applications                                 the network
//	         │ ▲                                         │ ▲
//	routing  │ │ Diversion (rules, table, guard)         │ │
//	         ▼ │                                         ▼ │
//	      Tunnel "ipsec0" ◄──── user-space stack ────► Raw (ESP, AH), UDP (500, 4500)
//
// A socket belongs to the network namespace in which it was opened, and may be used from everywhere afterwards. So
// what opens something takes an Inside: how to run a function in the right namespace.
//
// Nothing here leaves a goroutine running. Read calls wait for the network and are ended by Close.
package host

// Inside runs f on a thread that is in some network namespace and returns what it returns: (*netns.Host).Do is one. Nil
// stands for the namespace of the calling thread.
type Inside func(f func() error) error

func (in Inside) do(f func() error) error {
	if in == nil {
		return f()
	}
	return in(f)
}
