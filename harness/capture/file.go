package capture

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"ikewit/harness/capture/pcapfile"
)

// Problems is what a capture holds that could not be shown as a message: cut or broken packets. Everything else of
// the capture was shown.
type Problems []error

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, err := range p {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each of them.
func (p Problems) Unwrap() []error { return p }

// DecodeFile writes a capture as JSON, one line per ISAKMP message, opened with the keys of keysPath unless that is
// empty. The error is Problems if the capture was read to its end all the same.
func DecodeFile(path, keysPath string, w io.Writer) error {
	return decodeFile(path, keysPath, func(c *contents) error {
		for _, m := range c.messages {
			if err := m.WriteJSON(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// DecodeFileText writes a capture as text for people: a block per message, a line per ESP, AH or other packet.
func DecodeFileText(path, keysPath string, w io.Writer) error {
	return decodeFile(path, keysPath, func(c *contents) error { return c.writeText(w) })
}

// contents is a capture in memory, opened as far as keys allow.
type contents struct {
	records    []Record
	byRecord   []*Message // the message of each record, or nil
	messages   []*Message // of ISAKMP, in order
	recoveries map[*Conversation]*Recovery
	all        []*Conversation
}

func decodeFile(path, keysPath string, show func(*contents) error) error {
	var set KeySet
	if keysPath != "" {
		var err error
		if set, err = LoadKeys(keysPath, path); err != nil {
			return err
		}
	}
	file, err := pcapfile.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	c, problems := read(file)
	problems = append(problems, c.open(set)...)
	if err := show(c); err != nil {
		return err
	}
	var broken *pcapfile.FormatError
	for i, p := range problems {
		problems[i] = fmt.Errorf("%s: %w", path, p)
		if errors.As(p, &broken) {
			return errors.Join(problems...) // the file itself is broken: it was not read to its end
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func read(src FrameSource) (*contents, Problems) {
	c := &contents{recoveries: map[*Conversation]*Recovery{}}
	var problems Problems
	var talk Conversations
	for r := range Decode(src, Options{}) {
		m := talk.Add(r)
		c.records, c.byRecord = append(c.records, r), append(c.byRecord, m)
		if m != nil {
			c.messages = append(c.messages, m)
		}
		if r.Err != nil {
			problems = append(problems, r.Err)
		}
	}
	c.all = talk.All
	return c, problems
}

// open recovers every conversation for which there are keys. What it gives is why some could not be.
func (c *contents) open(set KeySet) []error {
	var problems []error
	for _, x := range c.all {
		s, known, err := set.Secrets(x)
		if err == nil && known {
			c.recoveries[x], err = Recover(x, s)
		}
		if err != nil {
			delete(c.recoveries, x)
			problems = append(problems, fmt.Errorf("keys of %s: %w", x, err))
		}
	}
	return problems
}
