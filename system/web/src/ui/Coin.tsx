/** The club's coin: the only other thing on the page that may be gold. */

export function Coin() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" width="0.92em" height="0.92em" fill="none" stroke="currentColor">
      <circle cx="16" cy="16" r="14" strokeWidth="2.6" />
      <circle cx="16" cy="11.6" r="3.4" fill="currentColor" stroke="none" />
      <circle cx="11.8" cy="17" r="3.4" fill="currentColor" stroke="none" />
      <circle cx="20.2" cy="17" r="3.4" fill="currentColor" stroke="none" />
      <path d="M16 14v9m-3.2 0h6.4" strokeWidth="2.2" strokeLinecap="round" />
    </svg>
  );
}
