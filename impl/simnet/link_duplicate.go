package simnet

import "time"

// Duplicate delivers what it picks twice, the copy Gap after the original.
type Duplicate struct {
	Link Link
	Pick Pick
	Gap  time.Duration
}

// Carry hands a datagram on once or twice.
func (l Duplicate) Carry(d Datagram) ([]Arrival, string) {
	again := l.Pick(d)
	arrivals, fate := l.Link.Carry(d)
	if !again {
		return arrivals, fate
	}
	for _, a := range arrivals {
		arrivals = append(arrivals, Arrival{a.After + l.Gap, a.Datagram})
	}
	return arrivals, "twice"
}
