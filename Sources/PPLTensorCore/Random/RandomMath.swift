import Glibc

// The few libm functions that the random variates need, under names of their own, so that `import
// Glibc` stands in one file of this folder.

/// Natural logarithm.
@inline(__always)
func randomLog(_ x: Double) -> Double { log(x) }

/// log(1 + x), accurate for small x.
@inline(__always)
func randomLog1p(_ x: Double) -> Double { log1p(x) }

/// Exponential function.
@inline(__always)
func randomExp(_ x: Double) -> Double { exp(x) }

/// Cosine of an angle in radians.
@inline(__always)
func randomCos(_ x: Double) -> Double { cos(x) }

/// Sine of an angle in radians.
@inline(__always)
func randomSin(_ x: Double) -> Double { sin(x) }
