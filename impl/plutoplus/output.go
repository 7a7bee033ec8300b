package plutoplus

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A Log takes finished lines, each without its newline.
type Log interface {
	Info(line string)
	Warning(line string)
	Error(line string)
}

// Streams is the Log of DEBUG and WIT mode: what is information goes to Out, the rest to Err, a
// line at a time.
type Streams struct {
	Out, Err io.Writer
	mu       sync.Mutex
}

// Info writes to Out.
func (s *Streams) Info(line string) { s.write(s.Out, line) }

// Warning writes to Err.
func (s *Streams) Warning(line string) { s.write(s.Err, line) }

// Error writes to Err.
func (s *Streams) Error(line string) { s.write(s.Err, line) }

func (s *Streams) write(w io.Writer, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(w, line+"\n")
}

// An output tells what happens, in the words and classes of the options.
type output struct {
	log  Log
	mode Mode
	show Show
}

func (o *output) info(format string, args ...any) { o.log.Info(plain(fmt.Sprintf(format, args...))) }
func (o *output) warn(format string, args ...any) { o.log.Warning(plain(fmt.Sprintf(format, args...))) }
func (o *output) fail(format string, args ...any) { o.log.Error(plain(fmt.Sprintf(format, args...))) }

// trace writes a line of -b 1.
func (o *output) trace(format string, args ...any) {
	if o.show&ShowTrace != 0 {
		o.info("| "+format, args...)
	}
}

// event writes one event of the engine.
func (o *output) event(_ time.Time, e ike.Event) {
	switch e := e.(type) {
	case ike.Decided:
		o.trace("%s", e.Text)
	case ike.Computed:
		if o.show&ShowValues != 0 {
			o.info("= %s, %d octets: %x", e.Name, len(e.Value.Octets()), e.Value.Octets())
		}
	case ike.Mismatch:
		o.info("%v", e)
	case ike.Received:
		o.step("%v: %s: %v", e.Remote, exchangeOf(e.Message), e)
	case ike.Sent:
		o.step("%v: %s: %v", e.Remote, exchangeOf(e.Message), e)
	case ike.StateChanged:
		o.step("%v: %v", e.Remote, e)
	case ike.Phase1Up:
		o.info("%v: %v", e.Remote, e)
	case ike.Phase2Up:
		o.info("%v: %v", e.Remote, e)
		o.traceChoice(e)
	case ike.Gone:
		o.info("%v: %v", e.Remote, e)
	case ike.Followed:
		o.info("%v", e)
	case ike.Aged:
		o.info("%v: %v", e.Remote, e)
	case ike.Refused:
		o.fail("%v: %v", e.Remote, e)
	case ike.Notified:
		if isakmp.NotifyType(e.Type).IsError() {
			o.fail("%v: %v", e.Remote, e)
		} else {
			o.step("%v: %v", e.Remote, e)
		}
	case ike.Failed:
		o.fail("%v: %v", e.Remote, e)
		var lacking *sadb.UnsupportedError
		if errors.As(e.Err, &lacking) {
			o.fail("kernel: %s not supported", lacking.What)
		}
	case ike.Needless:
		o.step("kernel %v", e)
	default:
		o.step("%v", e)
	}
}

// step writes what only those want to read who watch: not a log that is kept.
func (o *output) step(format string, args ...any) {
	if o.mode != Daemon {
		o.info(format, args...)
	}
}

// packet writes a datagram, for -b 2, and what it proposes, for -b 1.
func (o *output) packet(_ time.Time, p daemon.Packet) {
	o.traceProposal(p)
	if o.show&ShowPackets != 0 {
		for _, line := range showPacket(p) {
			o.info("%s", line)
		}
	}
}

// list writes the SAs as they stand, without keys but for -b 4.
func (o *output) list(sas []sadb.SA) {
	o.info("IPsec SAs: %d", len(sas))
	for i := range sas {
		sa := &sas[i]
		o.info("%s %v, window %d, life %v, %d KB", sa.Direction, sa, sa.ReplayWindow, sa.Hard.Add, sa.Hard.Octets/1024)
		if o.show&ShowValues != 0 {
			o.info("= %v encryption key, %d octets: %x", sa.ID(), len(sa.CipherKey), sa.CipherKey.Octets())
			o.info("= %v authentication key, %d octets: %x", sa.ID(), len(sa.AuthKey), sa.AuthKey.Octets())
		}
	}
}

// exchangeOf names the exchange of a message by its short name.
func exchangeOf(message string) string {
	switch {
	case strings.HasPrefix(message, "M"):
		return "Main Mode"
	case strings.HasPrefix(message, "A"):
		return "Aggressive Mode"
	case strings.HasPrefix(message, "Q"):
		return "Quick Mode"
	}
	return "Informational"
}
