package strongswan

import "strings"

// A Tuning is how charon is started where speed is the point and not what it says. The zero value is what scenarios
// want.
type Tuning struct {
	LongExponents bool // OpenSSL for Diffie-Hellman, with exponents as long as the group, as charon comes
	Threads       int  // 0: as few as a scenario needs
	Quiet         bool // logs no more than that it has started
	Unguarded     bool // takes any number of half-open negotiations of one address
	NoPolicies    bool // negotiates SAs only, and installs no policies
}

// Tune sets the tuning of a peer that is not started yet.
func (p *Peer) Tune(t Tuning) { p.tuning = t }

// PID is the number of charon's process, once it is started; 0 before.
func (p *Peer) PID() int {
	if p.process == nil {
		return 0
	}
	return p.process.PID()
}

// settings are lines of the section charon.
func (t Tuning) settings() string {
	var lines []string
	if !t.LongExponents {
		lines = append(lines, "dh_exponent_ansi_x9_42 = no")
	}
	if t.Unguarded {
		lines = append(lines, "dos_protection = no")
	}
	return strings.Join(lines, "\n    ")
}

// log are the levels of charon's log: groups dmn and job say that it has started.
func (t Tuning) log() string {
	if t.Quiet {
		return "default = -1\n            dmn = 1\n            job = 1"
	}
	return "default = 1\n            ike = 2\n            cfg = 2"
}
