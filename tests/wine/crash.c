/* crash.c - writes where it may not. Its test must fail: a Wine whose crashed programs end with 0 would hide every crash. */
int main(void)
{
	volatile int *volatile nowhere = (volatile int *)1;
	*nowhere = 1;
	return 0;
}
