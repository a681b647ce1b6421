package decode

// Reasons tells tests where a reading had doubts.
func (r *Reading) Reasons() map[string]int { return r.doubts }

// Replace puts other bytecode and another exception table into a code object.
func (c *Code) Replace(bytecode, exceptions string) { c.Bytecode, c.exceptions = bytecode, exceptions }
