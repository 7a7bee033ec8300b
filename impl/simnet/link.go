package simnet

import "time"

// A Link carries datagrams one way, from one host to another. Faults are links around links.
type Link interface {
	// Carry takes a datagram that leaves now and says what arrives: nothing, it, or more. What a link
	// holds back may arrive with a later one. fate is "" for the ordinary, else one word for the trace:
	// "lost", "twice", "late", "held".
	Carry(d Datagram) (arrivals []Arrival, fate string)
}

// An Arrival is a datagram and the time until it arrives.
type Arrival struct {
	After    time.Duration
	Datagram Datagram
}

// DefaultDelay is that of the wire between any two hosts of which nothing else is said.
const DefaultDelay = 10 * time.Millisecond

// A Wire delivers everything after a while.
type Wire struct{ Delay time.Duration }

// Carry never loses anything.
func (w Wire) Carry(d Datagram) ([]Arrival, string) {
	return []Arrival{{w.Delay, d}}, ""
}

// A Pick chooses datagrams. It is asked once about each one that passes, in order.
type Pick func(d Datagram) bool

// First picks datagrams by name, each name as often as it is mentioned.
func First(names ...string) Pick {
	left := make(map[string]int)
	for _, name := range names {
		left[name]++
	}
	return func(d Datagram) bool {
		if left[d.Name] == 0 {
			return false
		}
		left[d.Name]--
		return true
	}
}

// Nth picks the n-th datagram of a name and no other; 1 is the first. An empty name counts all.
func Nth(name string, n int) Pick {
	return func(d Datagram) bool {
		if name != "" && d.Name != name {
			return false
		}
		n--
		return n == 0
	}
}

// Every picks all datagrams of the names; all of them if there is no name.
func Every(names ...string) Pick {
	return func(d Datagram) bool {
		for _, name := range names {
			if name == d.Name {
				return true
			}
		}
		return len(names) == 0
	}
}

// Chance picks each datagram with probability p.
func Chance(r *Random, p float64) Pick {
	return func(Datagram) bool { return r.Chance(p) }
}
