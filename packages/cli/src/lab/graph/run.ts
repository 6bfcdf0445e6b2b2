export async function drawLab(_a: string, _b?: string): Promise<void> {}
