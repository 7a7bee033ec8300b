package simnet

import "time"

// Delay delivers what it picks later by By.
type Delay struct {
	Link Link
	Pick Pick
	By   time.Duration
}

// Carry hands a datagram on, late if it is picked.
func (l Delay) Carry(d Datagram) ([]Arrival, string) {
	late := l.Pick(d)
	arrivals, fate := l.Link.Carry(d)
	if !late {
		return arrivals, fate
	}
	for i := range arrivals {
		arrivals[i].After += l.By
	}
	return arrivals, "late"
}
