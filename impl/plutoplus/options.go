package plutoplus

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"ikewit/impl/conn"
)

// Mode is one of the three run modes.
type Mode uint8

// Daemon is the default; Debug stays in the foreground and tells; WIT is Debug for exactly one
// negotiation.
const (
	Daemon Mode = iota
	Debug
	WIT
)

func (m Mode) String() string { return [...]string{"daemon", "DEBUG", "WIT DEBUG"}[m] }

// Show is a set of output classes.
type Show uint8

// The classes of -b.
const (
	ShowTrace   Show = 1 << iota // decisions, options in force, timers
	ShowPackets                  // datagrams, taken apart and in hex
	ShowValues                   // what IKE computes, keys too
)

// Options is a command line, checked and with its defaults filled in.
type Options struct {
	Mode       Mode
	Initiate   bool
	Foreground bool
	Show       Show
	Timeout    time.Duration // WIT: longest silence of the peer
	Hold       bool          // WIT: stay after success
	HoldFor    time.Duration // with Hold; 0: until a signal

	Dest     string // -d as typed; ""
	Gateway  string // -g as typed; ""
	Listen   string // --listen as typed; "": every address
	Port     uint16
	PeerPort uint16

	Auth      int // 0, 2 HMAC_MD5, 3 HMAC_SHA
	Encr      int // ESP transform; 0: AH
	KeyOctets int // of RC5 and Blowfish; 0 for the others
	IVOctets  int // 0 or 8
	Tunnel    bool
	NoReplay  bool
	PFS       bool
	Life      time.Duration
	LifeKB    uint64

	TripleDES  bool
	SHA        bool
	Group      int
	ISAKMPLife time.Duration

	NATT conn.NATT

	Kernel      string // auto, xfrm, user, none, pfkey, unix:PATH
	PFKey       string // --pfkey: path of a socket; ""
	SecretsFile string // --secretsfile, or that of the mode
	WITDir      string
}

// What Parse returns for an option that ends the program at once.
var (
	ErrHelp    = errors.New("help was asked for")
	ErrVersion = errors.New("the version was asked for")
)

// Absolute makes every path of the options independent of the working directory.
func (o *Options) Absolute() (err error) {
	if o.SecretsFile, err = filepath.Abs(o.SecretsFile); err != nil {
		return err
	}
	if o.PFKey != "" {
		if o.PFKey, err = filepath.Abs(o.PFKey); err != nil {
			return err
		}
	}
	if path, ok := strings.CutPrefix(o.Kernel, unixPrefix); ok {
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
		o.Kernel = unixPrefix + path
	}
	return nil
}

// A UsageError is a command line that makes no sense.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// Parse reads a command line, without the program's name. It touches no file and no network: host names
// stay as typed. Errors are ErrHelp, ErrVersion or *UsageError; warnings are for the user, and
// start-up continues.
func Parse(args []string) (o *Options, warnings []string, err error) {
	g, err := scan(args)
	if err != nil {
		return nil, nil, err
	}
	o = &Options{}
	for _, r := range rules {
		if err := r.check(g, o); err != nil {
			return nil, nil, err
		}
	}
	for _, w := range warningRules {
		if w.when(g, o) {
			warnings = append(warnings, w.text)
		}
	}
	return o, warnings, nil
}
