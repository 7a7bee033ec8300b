package enginetest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/simnet"
)

// A Script is a conversation to be played, line by line:
//
//	# a comment
//	peers    alice bob   ike 3des-sha1-modp1024   esp aes128-sha1     policy of both, see Profile
//	peer     bob   secret other                                       policy of one
//	net      ipv6
//	nat      alice                                                    a NAT before a host; also bob
//	seed     7
//	link     bob->alice lose QR1 QR1                                  or duplicate, repeat 2s, hold, delay 50ms
//	initiate alice                                                    also: phase1, terminate, expire, remap
//	at       5.5 initiate bob
//	refuse   bob add out                                              or add in: such SAs cannot be installed
//	run      300                                                      seconds; else 600
//
// Words of a policy are pairs of a Profile's field and its value; one with blanks is quoted.
type Script struct {
	alice, bob Side
	seed       uint64
	ipv6       bool
	nats       [2]bool // before alice, before bob
	links      []func(*Couple) error
	actions    []action
	length     time.Duration
}

type action struct {
	at   time.Duration
	host string
	what string
}

// Parse reads a script. Errors name the line.
func Parse(text string) (*Script, error) {
	s := &Script{seed: 1, length: 600 * time.Second}
	s.alice.Config.Trace.Messages = true
	s.bob.Config.Trace.Messages = true
	for i, line := range strings.Split(text, "\n") {
		words, err := split(line)
		if err == nil && len(words) > 0 {
			err = s.parse(words)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", i+1, line, err)
		}
	}
	return s, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// split takes a line into words; a quoted one may have blanks. What follows # is left out.
func split(line string) (words []string, err error) {
	for line = strings.TrimSpace(line); line != "" && line[0] != '#'; line = strings.TrimSpace(line) {
		if line[0] == '"' {
			word, rest, ok := strings.Cut(line[1:], `"`)
			if !ok {
				return nil, fmt.Errorf("quote does not end")
			}
			words, line = append(words, word), rest
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		words, line = append(words, word), rest
	}
	return words, nil
}

func (s *Script) parse(words []string) (err error) {
	verb, words := words[0], words[1:]
	switch {
	case verb == "peers" && len(words) >= 2:
		if err = profile(&s.alice.Profile, words[2:]); err == nil {
			err = profile(&s.bob.Profile, words[2:])
		}
	case verb == "peer" && len(words) >= 1:
		side := &s.alice
		if words[0] == "bob" {
			side = &s.bob
		}
		err = profile(&side.Profile, words[1:])
	case verb == "net" && len(words) == 1:
		s.ipv6 = words[0] == "ipv6"
	case verb == "nat" && len(words) == 1:
		s.nats[boolInt(words[0] == "bob")] = true
	case verb == "seed" && len(words) == 1:
		s.seed, err = strconv.ParseUint(words[0], 10, 64)
	case verb == "link" && len(words) >= 2:
		s.links = append(s.links, func(c *Couple) error { return link(c, words) })
	case verb == "refuse" && len(words) == 3:
		s.links = append(s.links, func(c *Couple) error { return refuse(c, words) })
	case verb == "run" && len(words) == 1:
		s.length, err = time.ParseDuration(words[0] + "s")
	case verb == "at" && len(words) == 3:
		var at time.Duration
		at, err = time.ParseDuration(words[0] + "s")
		s.actions = append(s.actions, action{at, words[2], words[1]})
	case len(words) == 1:
		s.actions = append(s.actions, action{0, words[0], verb})
	default:
		err = fmt.Errorf("no such line")
	}
	return err
}

// profile sets fields of a profile by their names.
func profile(p *Profile, words []string) error {
	if len(words)%2 != 0 {
		return fmt.Errorf("words do not come in pairs")
	}
	v := reflect.ValueOf(p).Elem()
	for ; len(words) > 0; words = words[2:] {
		f := v.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, words[0]) })
		if !f.IsValid() {
			return fmt.Errorf("no policy %q", words[0])
		}
		switch f.Interface().(type) {
		case []string:
			f.Set(reflect.ValueOf(strings.Split(words[1], ",")))
		case string:
			f.SetString(strings.TrimPrefix(words[1], "none"))
		case bool:
			f.SetBool(words[1] == "yes")
		case time.Duration:
			d, err := time.ParseDuration(words[1])
			if err != nil {
				return err
			}
			f.SetInt(int64(d))
		default:
			n, err := strconv.ParseUint(words[1], 10, 32)
			if err != nil {
				return err
			}
			f.SetUint(n)
		}
	}
	return nil
}

// link puts a fault around what is between two hosts.
func link(c *Couple, words []string) error {
	from, to, ok := strings.Cut(words[0], "->")
	if !ok || c.Host(from) == nil || c.Host(to) == nil {
		return fmt.Errorf("no link %q", words[0])
	}
	below := c.Net.Between(from, to)
	fault, names := words[1], words[2:]
	var l simnet.Link
	switch fault {
	case "lose":
		l = simnet.Lose{Link: below, Pick: simnet.First(names...)}
	case "duplicate":
		l = simnet.Duplicate{Link: below, Pick: simnet.First(names...), Gap: time.Millisecond}
	case "hold":
		l = &simnet.Hold{Link: below, Pick: simnet.First(names...)}
	case "repeat":
		gap, err := time.ParseDuration(names[0])
		if err != nil {
			return err
		}
		l = simnet.Duplicate{Link: below, Pick: simnet.First(names[1:]...), Gap: gap}
	case "delay":
		by, err := time.ParseDuration(names[0])
		if err != nil {
			return err
		}
		l = simnet.Delay{Link: below, Pick: simnet.First(names[1:]...), By: by}
	default:
		return fmt.Errorf("no fault %q", fault)
	}
	c.Net.Connect(from, to, l)
	return nil
}

// refuse makes the SAs of one direction impossible to install.
func refuse(c *Couple, words []string) error {
	h := c.Host(words[0])
	if h == nil {
		return fmt.Errorf("no host %q", words[0])
	}
	h.SADB.Refuse = func(a sadb.Action) error {
		switch a := a.(type) {
		case sadb.Add:
			if words[1] == "add" && a.SA.Direction.String() == words[2] {
				return &sadb.UnsupportedError{Driver: "test", What: "this SA"}
			}
		case sadb.AddPolicy:
			if words[1] == "policy" && a.Policy.Direction.String() == words[2] {
				return &sadb.UnsupportedError{Driver: "test", What: "this policy"}
			}
		}
		return nil
	}
	return nil
}

// Play plays a script and gives the couple at its end, and the lines of what happened.
func (s *Script) Play() (*Couple, []string, error) {
	c := NewCoupleBehind(s.seed, s.alice, s.bob, s.ipv6, s.nats)
	for _, put := range s.links {
		if err := put(c); err != nil {
			return nil, nil, err
		}
	}
	t := Write(c.World)
	for _, a := range s.actions {
		h := c.Host(a.host)
		if h == nil {
			return nil, nil, fmt.Errorf("no host %q", a.host)
		}
		in, err := input(c, h, a.what)
		if err != nil {
			return nil, nil, err
		}
		c.Net.At(Start.Add(a.at), h.Name, func(now time.Time) { h.step(now, in()) })
	}
	c.Net.RunUntil(Start.Add(s.length))
	return c, t.Lines, nil
}

// input makes what a word of a script means for a host, when its time has come.
func input(c *Couple, h *Host, what string) (func() ike.Input, error) {
	switch what {
	case "initiate":
		return func() ike.Input { return ike.Initiate{Conn: c.ConnOf(h)} }, nil
	case "phase1":
		return func() ike.Input { return ike.Initiate{Conn: c.ConnOf(h), Phase1Only: true} }, nil
	case "terminate":
		return func() ike.Input { return ike.Terminate{} }, nil
	case "silence":
		return func() ike.Input { return ike.Terminate{Silent: true} }, nil
	case "remap":
		return func() ike.Input {
			if n := c.NATs[boolInt(h == c.Bob)]; n != nil {
				n.Forget()
			}
			return ike.Tick{}
		}, nil
	case "expire":
		return func() ike.Input {
			for _, sa := range h.SADB.SAs() {
				if sa.Direction == sadb.Out {
					_ = h.SADB.Apply(sadb.Delete{ID: sa.ID()}) // a database takes it out before it tells
					return ike.Expire{Expire: sadb.Expire{SA: sa, Hard: true}}
				}
			}
			return ike.Tick{}
		}, nil
	}
	return nil, fmt.Errorf("no action %q", what)
}
