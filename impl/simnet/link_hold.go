package simnet

// Hold keeps what it picks until the next datagram that it does not pick, and delivers it right behind
// that one: the two have changed places. What is held when nothing more comes is lost.
type Hold struct {
	Link Link
	Pick Pick

	held []Datagram
}

// Carry holds a datagram back, or hands it on with those that were held before it.
func (l *Hold) Carry(d Datagram) ([]Arrival, string) {
	if l.Pick(d) {
		l.held = append(l.held, d)
		return nil, "held"
	}
	arrivals, fate := l.Link.Carry(d)
	for _, late := range l.held {
		more, _ := l.Link.Carry(late)
		arrivals = append(arrivals, more...)
	}
	l.held = nil
	return arrivals, fate
}
