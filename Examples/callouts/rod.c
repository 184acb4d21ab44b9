/* Temperature of a heated rod, 20 + q exp(-k x), at its sensors: a library for `model.ppl`.
   cc -shared -fPIC -O2 -o librod.so rod.c -lm */
#include <math.h>

/* The signature as the model has it; blanks do not count. */
const char *rod_signature(void) { return "(k: real, q: real) -> real[sensor]"; }

/* `arguments` are k and q, `counts` the elements of k, q and the result; `gradient`, where it is not null, takes for each
   element of the result its derivatives by k and q. Zero says that all went well. */
int rod(const double *const *arguments, const long *counts, double *result, double *gradient) {
  double k = arguments[0][0], q = arguments[1][0];
  long count = counts[2];
  for (long i = 0; i < count; i++) {
    double x = (double)i / (count - 1), warmth = exp(-k * x);
    result[i] = 20 + q * warmth;
    if (gradient) {
      gradient[2 * i] = -x * q * warmth;
      gradient[2 * i + 1] = warmth;
    }
  }
  return 0;
}
