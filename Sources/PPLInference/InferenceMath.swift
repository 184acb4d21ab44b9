import Glibc

// The few libm functions of this target, so that `import Glibc` stands in one file.

/// Exponential function.
@inline(__always)
func exponential(_ x: Double) -> Double { exp(x) }

/// Natural logarithm.
@inline(__always)
func logarithm(_ x: Double) -> Double { log(x) }

/// log(1 + x), accurate for small x.
@inline(__always)
func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
