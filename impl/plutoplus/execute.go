package plutoplus

import (
	"context"
	"errors"
	"strings"
)

// Execute opens a program and runs it, and says what is wrong if it cannot be opened. It gives the exit status.
func Execute(ctx context.Context, cfg Config) int {
	p, err := Open(cfg)
	if err != nil {
		out := &output{log: cfg.Log}
		if cfg.Options.Mode == Daemon { // whose log says who speaks
			out.fail("%v", err)
		} else {
			out.fail("plutoplus: %v", err)
		}
		var usage *UsageError
		if errors.As(err, &usage) {
			var text strings.Builder
			Usage(&text)
			cfg.Log.Error(text.String())
		} else if cfg.Options.Mode == WIT {
			out.info("WIT: FAILED: %v", err)
		}
		return StatusUsage
	}
	if cfg.Ready != nil {
		cfg.Ready()
	}
	return p.Run(ctx)
}
