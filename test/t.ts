import { combine } from '/work/main/core/calibration/combine.ts';
const s=2048*2048,F=25;
const g=()=>{let s=-6;for(let i=0;i<12;i++)s+=Math.random();return s};
const noise=Float32Array.from({length:1<<20},g);
const fr=[...Array(F)].map(()=>{const a=new Uint16Array(s);let r=Math.random()*1e6|0;for(let i=0;i<s;i++){r=(r+1+(i&7)*977)&((1<<20)-1);a[i]=Math.round(1000+8*noise[r])}
for(let k=0;k<4000;k++)a[Math.random()*s|0]=5000+Math.random()*6e4; return a});
const m={method:'median'} as const,c={method:'clippedMean',sigmaLow:3,sigmaHigh:3,deviation:'mad',iterationsMax:100} as const;
const off=fr.map((_,i)=>1000+i*0.13);
for(let k=0;k<4;k++){const t:number[]=[];const lap=(f:()=>any)=>{const b=process.cpuUsage();const r=f();const e=process.cpuUsage(b);t.push((e.user+e.system)/1e3);return r};
lap(()=>{const o=new Uint16Array(s);for(const f of fr)o.set(f)});
lap(()=>combine({frames:fr},m));const r=lap(()=>combine({frames:fr},c));
lap(()=>combine({frames:fr,offsets:off},m));lap(()=>combine({frames:fr,offsets:off},c));lap(()=>combine({frames:fr},{method:'mean'}));
lap(()=>combine({frames:fr},{...c,deviation:'std'}));
let n=0;for(const x of r.kept)n+=x!==25?1:0;
console.log('copy, median, clip, median+off, clip+off, mean, std',t.map(x=>x.toFixed(0)).join(' '),(n/s).toFixed(3));}
