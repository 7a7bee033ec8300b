package ipseckey

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Options are the flags of the command line.
type Options struct {
	Numeric  bool // -n: addresses are not turned into names
	Paranoid bool // -p: key digits are printed as X
	Verbose  bool // -v: messages are printed before they are sent, and raw times
}

// Config is what a program is made of.
type Config struct {
	Options Options
	Out     io.Writer
	Err     io.Writer
	In      *os.File // commands of an interactive session, and of the file -
	Engine  Engine   // nil: none is needed (help)
	Names   Names
	Now     func() time.Time // nil: time.Now
}

// A Program executes commands.
type Program struct {
	Config
	out     *bufio.Writer // on Out; it is empty when anything else is written or waited for
	scratch []byte        // to see how long a message is
	pid     uint32
	seq     uint32
	missed  bool // an SA was there already, or was not there
	depth   int  // of files within files
	session bool // interactive: diagnostics do not end it
}

// New makes a program.
func New(cfg Config) *Program {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Program{Config: cfg, out: bufio.NewWriterSize(cfg.Out, 64<<10), pid: uint32(os.Getpid())}
}

// Exit statuses, besides the numbers of signals.
const (
	StatusOK     = 0
	StatusFailed = 1
)

// A fatal error ends the program, also out of an interactive session.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// A text is a diagnostic: a whole sentence, as users have always seen it.
type text string

func (t text) Error() string { return string(t) }

// errReported: what was wrong has been said already.
var errReported = errors.New("reported")

// errLeave: quit or exit.
var errLeave = errors.New("leave")

// interrupted is a monitor that a signal ended.
type interrupted int

func (i interrupted) Error() string { return fmt.Sprintf("Bailing on signal %d.", int(i)) }

// Command executes one command of the command line and gives the exit status.
func (p *Program) Command(words []string) int {
	if len(words) > 0 && (words[0] == "add" || words[0] == "update") {
		p.say("can't do ADD or UPDATE from the command line.")
		return StatusFailed
	}
	err := p.execute(words, fromShell)
	if _, ok := errors.AsType[*ParseError](err); ok {
		p.report(err)
		Usage(p.Err)
		return StatusFailed
	}
	return p.status(err)
}

// status reports an error and gives the exit status.
func (p *Program) status(err error) int {
	p.report(err)
	if i, ok := errors.AsType[interrupted](err); ok {
		return int(i)
	}
	if err != nil && !errors.Is(err, errLeave) || p.missed {
		return StatusFailed
	}
	return StatusOK
}

// report says what is wrong, once.
func (p *Program) report(err error) {
	if err == nil || errors.Is(err, errReported) || errors.Is(err, errLeave) || err.Error() == "" {
		return
	}
	p.say("%v", err)
}

// say writes a diagnostic.
func (p *Program) say(format string, args ...any) {
	p.out.Flush()
	fmt.Fprintf(p.Err, "ipseckey: "+format+"\n", args...)
}

// Usage writes the usage text.
func Usage(w io.Writer) {
	io.WriteString(w, `Usage:	ipseckey [ -nvp ] | cmd [sa_type] [extfield value]*
	ipseckey [ -nvp ] -f infile
	ipseckey [ -nvp ] -s outfile
`)
}
