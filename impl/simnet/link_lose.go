package simnet

// Lose loses what it picks.
type Lose struct {
	Link Link
	Pick Pick
}

// Carry loses a datagram or hands it on.
func (l Lose) Carry(d Datagram) ([]Arrival, string) {
	if l.Pick(d) {
		return nil, "lost"
	}
	return l.Link.Carry(d)
}
