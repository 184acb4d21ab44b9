/* exp(-k x) with its derivatives, for `measure.sh`. */
#include <math.h>
const char *cell_signature(void) { return "(k: real, x: real) -> real"; }
int cell(const double *const *arguments, const long *counts, double *result, double *gradient) {
  double k = arguments[0][0], x = arguments[1][0], y = exp(-k * x);
  result[0] = y;
  if (gradient) gradient[0] = -x * y, gradient[1] = -k * y;
  return 0;
}
