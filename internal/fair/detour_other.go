//go:build !linux

package fair

func theDetour() *detour { return nil }
